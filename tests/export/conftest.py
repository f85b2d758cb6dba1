import logging
from importlib.util import find_spec

import pytest
import torch
from tests.cli.trained import CLASSES, draw_pictures
from tests.retrieval.individuals import draw_individuals
from tests.retrieval.individuals import write_bundle as write_embedding

from elsewhere.bundle import save_bundle
from elsewhere.cli import main
from elsewhere.export.sessions import import_openvino
from elsewhere.models import AttentionNetwork, SmallResNet
from elsewhere.structures import Calibration, Familiarity, Preprocessing

for library in ("onnx", "onnxscript", "onnxruntime"):
    pytest.importorskip(library, reason="needs elsewhere[export]")
if find_spec("openvino") is None:
    pytest.skip("needs elsewhere[export]", allow_module_level=True)
import_openvino()


@pytest.fixture(scope="session")
def place(tmp_path_factory):
    """A classifier with all its measures, an embedding, and their files; exported by the verb."""
    logging.getLogger("torch.__trace").setLevel(logging.CRITICAL)  # pytest would keep all of it
    folder = tmp_path_factory.mktemp("export")
    write_classifier(folder / "classes")
    write_embedding(folder / "individuals")
    pictures = draw_pictures(folder / "pictures", 5, ".jpg")
    draw_individuals(folder / "herd", 3, 2)
    images = ["--images", str(folder / "pictures")]
    for model, to, file, *words in (
        ("classes", "onnx", "classes.onnx", "--evidence", *images),
        ("classes", "torch", "classes.pt2"),
        ("individuals", "openvino", "individuals.xml", *images),
    ):
        output = str(folder / file)
        assert main(["export", str(folder / model), "--to", to, "--output", output, *words]) == 0
    assert len(pictures) == 5
    return folder


def write_classifier(folder):
    """Random, but it tells pictures apart, and finds some of them strange and some unsure."""
    torch.manual_seed(0)
    made = Preprocessing((36, 40), (32, 34))
    network = AttentionNetwork(SmallResNet((4, 6, 8)), heads=3, classes=CLASSES, preprocessing=made)
    torch.nn.init.normal_(network.head.classifier.weight, std=0.02)
    network.calibration = Calibration(temperature=1.5, unsure_below=0.4)
    means = torch.nn.functional.normalize(torch.rand(len(CLASSES), network.embedding_size))
    network.familiarity = Familiarity(means, 0.5, 20, 1)
    save_bundle(network, folder)
