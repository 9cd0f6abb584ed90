"""`python -m schemas`: rewrite the generated contracts."""

from schemas.contract_files import write_contracts

if __name__ == "__main__":
    write_contracts()
