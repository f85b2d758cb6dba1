"""Counterfactual attention learning: would the prediction change had the network looked elsewhere?

Public names are loaded when they are first used, so that `import elsewhere` and the command line's
help cost nothing.
"""

from typing import TYPE_CHECKING

from elsewhere.late import late

if TYPE_CHECKING:
    from elsewhere.bundle import load_bundle as load_bundle
    from elsewhere.bundle import save_bundle as save_bundle
    from elsewhere.causal import AnnealedAttention as AnnealedAttention
    from elsewhere.causal import CounterfactualBranch as CounterfactualBranch
    from elsewhere.causal import HardestAttention as HardestAttention
    from elsewhere.causal import Intervention as Intervention
    from elsewhere.causal import RandomAttention as RandomAttention
    from elsewhere.causal import ReversedAttention as ReversedAttention
    from elsewhere.causal import ShuffledAttention as ShuffledAttention
    from elsewhere.causal import SimilarAttention as SimilarAttention
    from elsewhere.causal import UniformAttention as UniformAttention
    from elsewhere.functional.region import attention_to_box as attention_to_box
    from elsewhere.gallery import Gallery as Gallery
    from elsewhere.gallery import open_gallery as open_gallery
    from elsewhere.inference import Explanation as Explanation
    from elsewhere.inference import ExportedModel as ExportedModel
    from elsewhere.inference import Match as Match
    from elsewhere.inference import Model as Model
    from elsewhere.inference import Vectors as Vectors
    from elsewhere.inference import open_exported as open_exported
    from elsewhere.inference import open_model as open_model
    from elsewhere.models import AttentionNetwork as AttentionNetwork
    from elsewhere.models import ChannelAttentionBackbone as ChannelAttentionBackbone
    from elsewhere.models import ClassifierHead as ClassifierHead
    from elsewhere.models import EmbeddingHead as EmbeddingHead
    from elsewhere.models import SmallResNet as SmallResNet
    from elsewhere.models import TimmBackbone as TimmBackbone
    from elsewhere.ranking import evaluate_distances as evaluate_distances
    from elsewhere.ranking import evaluate_ranking as evaluate_ranking
    from elsewhere.ranking import rerank as rerank
    from elsewhere.runs.data_check import check_data as check_data
    from elsewhere.runs.fitting import fit as fit
    from elsewhere.runs.run import Run as Run
    from elsewhere.runs.run import open_run as open_run
    from elsewhere.runs.testing import test as test
    from elsewhere.runs.trial import trial as trial
    from elsewhere.structures import AttentionOutput as AttentionOutput
    from elsewhere.structures import Batch as Batch
    from elsewhere.structures import ClassProbability as ClassProbability
    from elsewhere.structures import Prediction as Prediction
    from elsewhere.structures import Preprocessing as Preprocessing
    from elsewhere.structures import Ranking as Ranking
    from elsewhere.structures import Retrieval as Retrieval

_NAMES = {
    "elsewhere.bundle": "load_bundle save_bundle",
    "elsewhere.causal": (
        "AnnealedAttention CounterfactualBranch HardestAttention Intervention RandomAttention "
        "ReversedAttention ShuffledAttention SimilarAttention UniformAttention"
    ),
    "elsewhere.functional.region": "attention_to_box",
    "elsewhere.gallery": "Gallery open_gallery",
    "elsewhere.inference": "Explanation ExportedModel Match Model Vectors open_exported open_model",
    "elsewhere.models": (
        "AttentionNetwork ChannelAttentionBackbone ClassifierHead EmbeddingHead SmallResNet "
        "TimmBackbone"
    ),
    "elsewhere.ranking": "evaluate_distances evaluate_ranking rerank",
    "elsewhere.runs.data_check": "check_data",
    "elsewhere.runs.fitting": "fit",
    "elsewhere.runs.run": "Run open_run",
    "elsewhere.runs.testing": "test",
    "elsewhere.runs.trial": "trial",
    "elsewhere.structures": (
        "AttentionOutput Batch ClassProbability Prediction Preprocessing Ranking Retrieval"
    ),
}

__all__, __getattr__, __dir__ = late(__name__, _NAMES)
