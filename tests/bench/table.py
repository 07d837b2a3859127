"""Figures as Markdown tables."""

NONE = "–"


def comparison(size, figures, subjects):
    """Ours beside its peers at one size.

    :param dict figures: {work: {subject: figure}}
    :param subjects: ours first
    """
    ours, *peers = subjects
    rows = [
        ["work", ours.model, *(peer.model for peer in peers), "ours ÷ best peer"],
        *(
            [
                work.label,
                cell(by_subject.get(ours)),
                *(cell(by_subject.get(peer)) for peer in peers),
                ratio(by_subject, ours),
            ]
            for work, by_subject in figures.items()
        ),
    ]
    return f"### {size:,} records of each\n\n{markdown(rows)}\n"


def growth(results, subject):
    """How one subject's figures grow with the number of records.

    :param dict results: {size: {work: {subject: figure}}}
    """
    sizes = sorted(results)
    works = results[sizes[0]]
    rows = [
        ["work", *(f"{size:,}" for size in sizes)],
        *(
            [work.label, *(cell(results[size][work].get(subject)) for size in sizes)]
            for work in works
        ),
    ]
    return f"### How {subject.model} grows\n\n{markdown(rows)}\n"


def cell(figure):
    """Milliseconds and queries: three significant figures, so few say enough."""
    if figure is None:
        return NONE
    return f"{significant(figure.milliseconds)} ms, {significant(figure.queries)} q"


def significant(number):
    """Three significant figures without exponent: 0.0412, 1.02, 862, 12400."""
    if not number:
        return "0"
    text = f"{float(f'{number:.3g}'):f}"
    return text.rstrip("0").rstrip(".")


def ratio(by_subject, ours):
    """Ours divided by the best peer, in time; under 1 is better."""
    peers = [
        figure.milliseconds for subject, figure in by_subject.items() if subject != ours
    ]
    if ours not in by_subject or not peers:
        return NONE
    return f"{by_subject[ours].milliseconds / min(peers):.2f}"


def markdown(rows):
    """A table whose columns line up in a terminal too; the first row is the head."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = [
        "| "
        + " | ".join(text.ljust(width) for text, width in zip(row, widths, strict=True))
        + " |"
        for row in rows
    ]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(lines)
