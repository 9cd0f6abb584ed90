"""Make the weights of the line model: `python -m benchmarks.train_lines [DATA]`.

A logistic regression on the short lines that the rules leave, fitted by Newton's method. Before the weights are
written, each set is scored with weights made from the other, so that the figures printed are for pages unseen.
"""

import sys
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt
import orjson

from benchmarks.quality_lines import BODY, SETS, TITLE, LabelledPage, labelled_pages, score
from pipelines.core.page.stripped import model as line_model
from pipelines.core.page.stripped.lines import new_sheet, read_lines
from pipelines.core.page.stripped.model import FEATURES, Model, askable, features
from pipelines.core.page.stripped.read import strike_all

Rows = npt.NDArray[np.float64]

# Chosen on cross-validation: the largest at which both sets keep .98 of the body's characters with room to spare.
LEAST = 0.07
_RIDGE = 3.0
_STEPS = 30
# A body line weighs by its length, as the loss of characters is what is measured; a removed line counts as one.
_TYPICAL_CHARS = 40


@dataclass(frozen=True, slots=True)
class Examples:
    """Features of lines, whether each is body, and what each weighs."""

    rows: Rows
    is_body: Rows
    weights: Rows


def examples(pages: list[LabelledPage]) -> Examples:
    """The lines that the model would be asked about. Title lines teach nothing."""
    rows: list[list[float]] = []
    is_body: list[float] = []
    weights: list[float] = []
    for page in pages:
        labels = {number: label for number, label, _ in page.labels}
        sheet = new_sheet(read_lines(page.text.split("\n")))
        strike_all(sheet, None, model=None)
        asked = askable(sheet)
        for index, row in zip(asked, features(sheet, asked), strict=True):
            label = labels.get(sheet.lines[index].first, TITLE)
            if label != TITLE:
                rows.append(row)
                is_body.append(float(label == BODY))
                weights.append(len(sheet.lines[index].text) / _TYPICAL_CHARS if label == BODY else 1.0)
    return Examples(np.array(rows), np.array(is_body), np.array(weights))


def fitted(data: Examples) -> Model:
    """Weighted ridge logistic regression on standardised features, given back on raw ones."""
    mean, scale = data.rows.mean(axis=0), data.rows.std(axis=0)
    scale[scale == 0] = 1.0
    rows = np.column_stack([(data.rows - mean) / scale, np.ones(len(data.rows))])
    ridge = np.full(rows.shape[1], _RIDGE)
    ridge[-1] = 0.0
    weights = np.zeros(rows.shape[1])
    for _ in range(_STEPS):
        chance = 1 / (1 + np.exp(-np.clip(rows @ weights, -30, 30)))
        gradient = rows.T @ (data.weights * (chance - data.is_body)) + ridge * weights
        curvature = (rows * (data.weights * chance * (1 - chance))[:, None]).T @ rows + np.diag(ridge + 1e-6)
        weights = weights - np.linalg.solve(curvature, gradient)
    raw = weights[:-1] / scale
    return Model(tuple(float(weight) for weight in raw), float(weights[-1] - raw @ mean), LEAST)


def kept_with(model: Model | None, page: LabelledPage) -> frozenset[int]:
    """Numbers of the lines that stay when this model is asked."""
    sheet = new_sheet(read_lines(page.text.split("\n")))
    strike_all(sheet, None, model=model)
    return frozenset(
        number
        for index, line in enumerate(sheet.lines)
        if sheet.stands(index)
        for number in range(line.first, line.last + 1)
    )


def main() -> None:
    """Print the cross-validated figures and write the weights made from both sets."""
    beside = Path(__file__).resolve().parents[2] / "shared"
    shared = Path(sys.argv[1]) if len(sys.argv) > 1 else beside
    pages = {name: list(labelled_pages(shared, name)) for name in SETS}
    for name in SETS:
        others = [page for other in SETS if other != name for page in pages[other]]
        model = fitted(examples(others))
        for least in (0.05, LEAST, 0.1, 0.15, 0.2):
            result = score(pages[name], partial(kept_with, Model(model.weights, model.bias, least)))
            print(
                f"{name:8} unseen, least {least:.2f}: kept {result.kept:.4f} precision {result.precision:.3f} removed {result.removed:.3f}"
            )
    model = fitted(examples([page for name in SETS for page in pages[name]]))
    table = {
        "about": "Made by `python -m benchmarks.train_lines`: log-odds that a short line is body.",
        "least": LEAST,
        "bias": round(model.bias, 4),
        "weights": {name: round(weight, 4) for name, weight in zip(FEATURES, model.weights, strict=True)},
    }
    target = Path(line_model.__file__).with_name("model.json")
    target.write_bytes(orjson.dumps(table, option=orjson.OPT_INDENT_2) + b"\n")


if __name__ == "__main__":
    main()
