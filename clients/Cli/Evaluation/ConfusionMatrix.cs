namespace LifelongApi.Cli.Evaluation;

/// <summary>How often each class was predicted as which.</summary>
internal sealed class ConfusionMatrix
{
    /// <summary>What stands for a prediction of a model that knows no class yet.</summary>
    internal const string NoClass = "(none)";

    /// <summary>Order of classes: numbers by value, then words by code point.</summary>
    internal static IComparer<string> Order => ClassOrder.Instance;

    private readonly SortedDictionary<string, SortedDictionary<string, long>> _counts = new(ClassOrder.Instance);

    /// <summary>Examples counted.</summary>
    internal long Count { get; private set; }

    /// <summary>Examples whose predicted class is the actual one.</summary>
    internal long Right { get; private set; }

    /// <summary>Counts by actual, then predicted class.</summary>
    internal IReadOnlyDictionary<string, SortedDictionary<string, long>> Counts => _counts;

    /// <summary>Every class that occurs, in order.</summary>
    internal IReadOnlyList<string> Classes => [.. _counts.Keys.Concat(_counts.Values.SelectMany(row => row.Keys)).Distinct().Order(ClassOrder.Instance)];

    internal void Add(string actual, string? predicted)
    {
        if (!_counts.TryGetValue(actual, out var row))
        {
            _counts[actual] = row = new SortedDictionary<string, long>(ClassOrder.Instance);
        }

        var answer = predicted ?? NoClass;
        row[answer] = row.GetValueOrDefault(answer) + 1;
        Count++;
        Right += actual == predicted ? 1 : 0;
    }

    /// <summary>Numbers by value, then words by code point.</summary>
    private sealed class ClassOrder : IComparer<string>
    {
        internal static readonly ClassOrder Instance = new();

        public int Compare(string? x, string? y)
        {
            var (left, right) = (Number(x), Number(y));
            var byKind = left.HasValue == right.HasValue ? Nullable.Compare(left, right) : left.HasValue ? -1 : 1;
            return byKind != 0 ? byKind : string.CompareOrdinal(x, y);
        }

        private static long? Number(string? text) =>
            long.TryParse(text, System.Globalization.NumberStyles.AllowLeadingSign, System.Globalization.CultureInfo.InvariantCulture, out var number) ? number : null;
    }
}
