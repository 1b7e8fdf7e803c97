"""Reading and writing of MARC records, CNMARC and MARC21 alike; knows nothing of the database."""
