"""Small experiments that re-run the claims that textgan is built on."""
