"""Python runs this in every process that has it on its path: there is no TensorFlow here, and no Keras."""

import sys


class Blocked:
    """Finds TensorFlow and Keras, and refuses to import them."""

    @staticmethod
    def find_spec(name, path=None, target=None):
        if name.partition(".")[0] in ("tensorflow", "keras"):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)


sys.meta_path.insert(0, Blocked)
