"""Tools on the contract: the pages of the API reference, the catalogue of problems, and what a release may change."""
