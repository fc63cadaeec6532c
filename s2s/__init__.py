"""Attention sequence-to-sequence models that can be seen at work.

Read the modules in the order of the data flow: text, data, model, search, translator, figures, page.
"""

import os

# Two OpenMP threads that spin at every barrier starve each other on small hosts: a passive wait made matrix products
# two to six times faster there. It has to be said before PyTorch is loaded.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

__version__ = "0.1.0"
