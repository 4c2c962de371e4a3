"""Models as folders of files: tensors and the manifest that says what they are."""
