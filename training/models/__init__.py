"""Models as torch modules, one a file; their forward passes are those of training/artifact/forward."""
