"""The Keras network: its set-up, its inputs, its scores."""
