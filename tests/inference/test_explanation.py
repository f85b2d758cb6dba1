import numpy as np

from elsewhere.inference.explanation import Explanation, describe
from elsewhere.structures import ClassProbability, Prediction


def look(target="wren", unsure=False):
    ranked = (ClassProbability("wren", 0.625), ClassProbability("<robin>", 0.25))
    return Explanation(
        model="mine",
        image=np.zeros((3, 8, 8), np.float32),
        prediction=Prediction("a.png", ranked, unsure),
        target=ClassProbability(target, 0.25),
        unsure_below=0.7,
        attention=np.zeros((2, 4, 4), np.float32),
        evidence=np.zeros((2, 4, 4), np.float32),
        box=(0.0, 0.0, 8.0, 8.0),
    )


def test_the_answer_in_words():
    assert describe(look(), False) == ["wren, 62.5 %", "then <robin> 25.0 %"]
    assert describe(look(unsure=True), True)[0] == "mine: wren, 62.5 % (unsure: below 70.0 %)"
    assert describe(look("<robin>"), False)[-1] == "evidence drawn for <robin>, 25.0 %"


def test_an_image_that_was_not_read_has_words_too(classifier, tmp_path):
    (unread,) = classifier.explain(tmp_path / "gone.jpg")
    assert not unread.of_another_class
    assert describe(unread, False) == ["not read: no such file or folder"]
    assert describe(unread, True)[0].endswith(": not read: no such file or folder")
