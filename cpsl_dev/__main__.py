"""`python -m cpsl_dev` is `cpsl`."""

import os
import sys

# A file of the project must not hide a module that the dev server needs.
if sys.path and sys.path[0] == os.getcwd() and not os.path.isdir("cpsl_dev"):
    del sys.path[0]

from cpsl_dev.cli.main import main

main()
