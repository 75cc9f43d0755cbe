#!/usr/bin/env python3
"""Writes testdata/models/gguf_split/: llama-f32.gguf, split into parts by the `gguf` Python package.

Needs: pip install gguf numpy. The output is the same in every run.
"""

import pathlib

import gguf

MODELS = pathlib.Path(__file__).resolve().parent.parent / "testdata" / "models"
TENSORS_PER_PART = 8


def copy_metadata(reader: gguf.GGUFReader, writer: gguf.GGUFWriter) -> None:
    """Every key but those that the writer makes itself."""
    for field in reader.fields.values():
        if field.name.startswith("GGUF.") or field.name == "general.architecture":
            continue
        sub_type = field.types[-1] if field.types[0] == gguf.GGUFValueType.ARRAY else None
        writer.add_key_value(field.name, field.contents(), field.types[0], sub_type)


def main() -> None:
    reader = gguf.GGUFReader(MODELS / "gguf" / "llama-f32.gguf")
    folder = MODELS / "gguf_split"
    folder.mkdir(exist_ok=True)
    architecture = reader.fields["general.architecture"].contents()
    writer = gguf.GGUFWriter(str(folder / "llama-f32.gguf"), architecture,
                             split_max_tensors=TENSORS_PER_PART)
    copy_metadata(reader, writer)
    for tensor in reader.tensors:
        writer.add_tensor(tensor.name, tensor.data, raw_dtype=tensor.tensor_type)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    for path in sorted(folder.iterdir()):
        print(f"{path.name}: {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
