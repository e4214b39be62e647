"""The network: in Keras, in NumPy alone, its scores, its gradients, and the probes of it."""
