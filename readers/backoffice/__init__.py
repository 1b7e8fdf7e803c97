"""The librarian's pages of readers in the back office."""
