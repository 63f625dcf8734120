"""What golden_sae.py is made of: the oracle side of the Go packages sae and train.

Everything here calls sae-lens; nothing re-implements it. A golden file is only
worth something if a second machine arrives at the same numbers, so inputs come
from numpy's PCG64 and every case is refused where rounding could decide which
latent fires (see margins.py).
"""
