"""What critic and generator minimise; one small file each."""
