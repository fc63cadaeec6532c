"""OpenNMT-py's side of time_to_quality.py; runs in OpenNMT-py's environment, through its own trainer and translator.

Nothing of the package is edited. For a current PyTorch it needs a stub of the module `fasttext`, which only its
language filter uses, and checkpoints that hold more than tensors.
"""

import argparse
import functools
import json
import os
import sys
import tempfile
import types
from pathlib import Path
from typing import Any

import sentencepiece
import torch
import yaml
from course import Course
from peers import prepared_pairs

sys.modules["fasttext"] = types.ModuleType("fasttext")
torch.load = functools.partial(torch.load, weights_only=False)

import onmt.train_single  # noqa: E402
import onmt.trainer  # noqa: E402
from onmt.inference_engine import InferenceEnginePY  # noqa: E402
from onmt.opts import train_opts, translate_opts  # noqa: E402
from onmt.utils.parse import ArgumentParser  # noqa: E402


class CourseEndedError(Exception):
    """Leaves OpenNMT-py's training loop."""


def training_options(arguments: argparse.Namespace, folder: Path) -> Any:
    data = arguments.data
    sides = {"corpus_1": "train", "valid": "val"}
    config = {
        "data": {
            key: {"path_src": f"{data}/{name}.bpe.en", "path_tgt": f"{data}/{name}.bpe.de"}
            for key, name in sides.items()
        },
        "src_vocab": f"{data}/vocab.onmt",
        "tgt_vocab": f"{data}/vocab.onmt",
        "src_vocab_size": 10**6,
        "tgt_vocab_size": 10**6,
        "save_model": str(folder / "model"),
        "keep_checkpoint": 1,
        "train_steps": 10**7,
        "valid_steps": 10**7,
        "save_checkpoint_steps": 10**7,
        "report_every": 10**7,
        "bucket_size": 32768,  # about an epoch of Multi30k; the default would read nine before the first update
        "num_workers": 0,  # the two cores are busy
        "world_size": 1,
        "gpu_ranks": [],
        "seed": arguments.seed,
        **json.loads(arguments.settings),
    }
    path = folder / "train.yaml"
    path.write_text(yaml.safe_dump(config), encoding="utf-8")
    parser = ArgumentParser()
    train_opts(parser)
    options = parser.parse_args(["-config", str(path)])
    ArgumentParser.validate_train_opts(options)
    ArgumentParser.update_model_opts(options)
    ArgumentParser.validate_model_opts(options)
    return options


def translate(checkpoint: Path, source: Path) -> list[list[str]]:
    """Greedy translations, as pieces."""
    parser = ArgumentParser()
    translate_opts(parser)
    greedy = ["-beam_size", "1", "-random_sampling_topk", "1", "-batch_size", "64", "-batch_type", "sents"]
    files = ["-model", str(checkpoint), "-src", str(source), "-output", os.devnull]
    options = parser.parse_args([*files, *greedy, "-gpu", "-1"])
    ArgumentParser.validate_translate_opts(options)
    ArgumentParser._get_all_transform_translate(options)
    ArgumentParser._validate_transforms_opts(options)
    ArgumentParser.validate_translate_opts_dynamic(options)
    _, predictions = InferenceEnginePY(options).infer_list(
        source.read_text(encoding="utf-8").removesuffix("\n").split("\n")
    )
    return [best.split() for best, *_ in predictions]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--name", required=True)
    parser.add_argument("--settings", required=True, help="options of OpenNMT-py, as JSON")
    parser.add_argument("--data", type=Path, required=True, help="what peers.write_peer_data wrote")
    parser.add_argument("--folder", type=Path, required=True, help="what `s2s prepare` wrote")
    parser.add_argument("--goal", type=float, required=True)
    parser.add_argument("--every", type=float, required=True)
    parser.add_argument("--max-minutes", type=float, required=True)
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--seed", type=int, required=True)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    pieces = sentencepiece.SentencePieceProcessor(model_file=str(arguments.folder / "text.spm"))
    references = [target for _, target in prepared_pairs(arguments.folder, "valid")]
    course = Course(arguments.name, references, arguments.goal, arguments.every, arguments.max_minutes)
    accumulate = onmt.trainer.Trainer._gradient_accumulation
    done = {"updates": 0, "target_tokens": 0}

    def update(trainer: Any, batches: list[dict[str, torch.Tensor]], *rest: Any) -> None:
        def validate() -> list[str]:
            trainer.model_saver.save(done["updates"])
            checkpoint = folder / f"model_step_{done['updates']}.pt"
            rows = translate(checkpoint, arguments.data / "val.bpe.en")
            torch.set_num_threads(arguments.threads)
            return [pieces.decode_pieces(row) for row in rows]

        course.start()
        accumulate(trainer, batches, *rest)
        done["updates"] += 1
        padding = trainer.train_loss.padding_idx
        done["target_tokens"] += sum(int(batch["tgt"][:, 1:, 0].ne(padding).sum()) for batch in batches)
        if course.update_done(**done, translate=validate):
            raise CourseEndedError

    onmt.trainer.Trainer._gradient_accumulation = update
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        try:
            onmt.train_single.main(training_options(arguments, folder), -1)
        except CourseEndedError:
            return


if __name__ == "__main__":
    main()
