"""Import of what a brand already has, and export to what other tools read.

Read: brand.yml, Design Tokens, Adobe swatches (ASE, ACO) and AdCP brand.json, which become a
profile; and style lists, which become looks of one. Written: brand.yml and Design Tokens, from
which the same profile can be read back.
"""

from promptkit.brand.importers.export import export_brand_yml, export_tokens
from promptkit.brand.importers.formats import import_brand
from promptkit.brand.importers.found import Imported, Report
from promptkit.brand.importers.style_lists import is_style_list
from promptkit.brand.importers.styles import import_styles
from promptkit.brand.importers.write import as_yaml, to_yaml

__all__ = [
    "Imported",
    "Report",
    "as_yaml",
    "export_brand_yml",
    "export_tokens",
    "import_brand",
    "import_styles",
    "is_style_list",
    "to_yaml",
]
