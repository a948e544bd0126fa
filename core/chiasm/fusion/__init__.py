"""What early fusions share: checked batches of fields, files of trained fusions, policies for missing fields."""

from chiasm.fusion.batch import FieldBatch
from chiasm.fusion.file import FusionFile, read_fusion_file
from chiasm.fusion.missing import fill_missing
from chiasm.fusion.policies import Missing

__all__ = ["FieldBatch", "FusionFile", "Missing", "fill_missing", "read_fusion_file"]
