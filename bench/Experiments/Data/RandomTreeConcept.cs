namespace LifelongApi.Experiments.Data;

/// <summary>
/// Random trees (Domingos and Hulten 2000): numbers in [0, 1) and categories of five values, a label in every leaf, leaves from the third level on; a share of labels is drawn anew as noise.
/// </summary>
internal sealed class RandomTreeConcept : IConcept
{
    private const int Values = 5;
    private const int FirstLeaves = 3;
    private const double LeafShare = 0.15;
    private readonly int _numbers;
    private readonly int _classes;
    private readonly double _noise;
    private readonly Node _root;

    /// <summary>Draws a tree.</summary>
    /// <param name="seed">Of the tree.</param>
    /// <param name="numbers">Numeric features.</param>
    /// <param name="categories">Features of five values.</param>
    /// <param name="classes">Labels.</param>
    /// <param name="depth">Levels of questions.</param>
    /// <param name="noise">Share of labels drawn anew.</param>
    public RandomTreeConcept(ulong seed, int numbers = 5, int categories = 5, int classes = 2, int depth = 5, double noise = 0.05)
    {
        (_numbers, _classes, _noise) = (numbers, classes, noise);
        Names = [.. Enumerable.Range(0, numbers).Select(i => $"number{i}"), .. Enumerable.Range(0, categories).Select(i => $"category{i}")];
        var low = new double[numbers];
        _root = Grow(new Draws(seed, 0), 0, depth, low, [.. low.Select(_ => 1d)], [.. Enumerable.Range(numbers, categories)]);
    }

    public IReadOnlyList<string> Names { get; }

    public string Draw(Draws draws, object?[] row)
    {
        var node = _root;
        for (var i = 0; i < row.Length; i++)
        {
            row[i] = i < _numbers ? draws.Uniform() : $"v{draws.Below(Values)}";
        }

        while (node.Children.Length > 0)
        {
            node = node.Feature < _numbers
                ? node.Children[(double)row[node.Feature]! < node.Threshold ? 0 : 1]
                : node.Children[((string)row[node.Feature]!)[1] - '0'];
        }

        return $"class{(draws.Uniform() < _noise ? draws.Below(_classes) : node.Label)}";
    }

    private Node Grow(Draws draws, int level, int depth, double[] low, double[] high, int[] categories)
    {
        if (level == depth || (level >= FirstLeaves && draws.Uniform() < LeafShare))
        {
            return new Node(-1, 0, draws.Below(_classes), []);
        }

        var choice = draws.Below(_numbers + categories.Length);
        if (choice >= _numbers)
        {
            var feature = categories[choice - _numbers];
            int[] left = [.. categories.Where(other => other != feature)];
            return new Node(feature, 0, 0, [.. Enumerable.Range(0, Values).Select(_ => Grow(draws, level + 1, depth, low, high, left))]);
        }

        var threshold = draws.Uniform(low[choice], high[choice]);
        double[] below = [.. high];
        double[] above = [.. low];
        below[choice] = above[choice] = threshold;
        return new Node(choice, threshold, 0, [Grow(draws, level + 1, depth, low, below, categories), Grow(draws, level + 1, depth, above, high, categories)]);
    }

    private sealed record Node(int Feature, double Threshold, int Label, Node[] Children);
}
