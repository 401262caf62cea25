"""Import of what a brand already has, and export to what other tools read.

Read: brand.yml, Design Tokens, Adobe swatches (ASE, ACO) and AdCP brand.json. Written: brand.yml
and Design Tokens, from which the same profile can be read back.
"""

from promptkit.brand.importers.export import export_brand_yml, export_tokens
from promptkit.brand.importers.formats import import_brand
from promptkit.brand.importers.found import Imported, Report
from promptkit.brand.importers.write import as_yaml, to_yaml

__all__ = [
    "Imported",
    "Report",
    "as_yaml",
    "export_brand_yml",
    "export_tokens",
    "import_brand",
    "to_yaml",
]
