"""Forward passes of models, written once over arrays of numpy and tensors of torch alike; torch is not imported."""
