namespace LifelongApi.Experiments.Data;

/// <summary>Generated streams of named features and a label: numbers and categories, few and many classes, still and drifting.</summary>
internal static class LabelStreams
{
    /// <summary>All streams by name, made from a seed and how many rows.</summary>
    public static IReadOnlyList<(string Name, Func<ulong, int, DriftingStream> Create)> All { get; } =
    [
        ("SEA, 3 turns", (seed, rows) => new DriftingStream(seed, rows, 0, new SeaConcept(8), new SeaConcept(9), new SeaConcept(7), new SeaConcept(9.5))),
        ("turning hyperplane", (seed, rows) => new DriftingStream(seed, rows, 0, new HyperplaneConcept(seed, 10, 0.001))),
        ("lamps, 1 turn", (seed, rows) => new DriftingStream(seed, rows, 0, new LedConcept(seed), new LedConcept(seed + 50))),
        ("20 clouds in 8 dimensions", (seed, rows) => new DriftingStream(seed, rows, 0, new CloudsConcept(seed, 8, 20, 4, 0))),
        ("8 clouds in 2 dimensions", (seed, rows) => new DriftingStream(seed, rows, 0, new CloudsConcept(seed, 2, 8, 3, 0))),
        ("10 moving clouds", (seed, rows) => new DriftingStream(seed, rows, 0, new CloudsConcept(seed, 8, 10, 4, 0.0005))),
        ("trees, 1 turn", (seed, rows) => new DriftingStream(seed, rows, 0, new RandomTreeConcept(10 * seed), new RandomTreeConcept((10 * seed) + 1))),
        ("tree of 4 classes", (seed, rows) => new DriftingStream(seed, rows, 0, new RandomTreeConcept((10 * seed) + 5, 6, 2, 4, 4))),
        ("loans, 3 turns", (seed, rows) => new DriftingStream(seed, rows, 0, new AgrawalConcept(2), new AgrawalConcept(5), new AgrawalConcept(7), new AgrawalConcept(4))),
        ("loans, gradual", (seed, rows) => new DriftingStream(seed, rows, rows / 20, new AgrawalConcept(1), new AgrawalConcept(3), new AgrawalConcept(8))),
    ];
}
