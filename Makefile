# The one task runner. `make help` lists what there is.
