namespace LifelongApi.Kernels.Table;

/// <summary>What the rows of one run share: how long, where the data is, the reference and what this core can do.</summary>
internal sealed class TableSession
{
    private readonly Dictionary<long, (double Read, double Update)> _bandwidth = [];
    private double _peak;

    public TableSession(bool isQuick, string? data, string folder)
    {
        (IsQuick, Data, Folder) = (isQuick, data, folder);
        Reference = Reference.Build(folder);
    }

    public bool IsQuick { get; }

    /// <summary>Folder with <c>mnist</c>, or null.</summary>
    public string? Data { get; }

    /// <summary>Scratch folder.</summary>
    public string Folder { get; }

    public Reference Reference { get; }

    public int RoundCount => IsQuick ? 3 : 7;

    /// <summary>Seconds of one side in one round.</summary>
    public double Slice => IsQuick ? 0.15 : 0.4;

    /// <summary>Rounds of this session.</summary>
    public Rounds Run(params Func<double>[] sides) => Rounds.Run(RoundCount, sides);

    /// <summary>Multiply-adds per second: the most of three looks, as noise only takes away.</summary>
    public double Peak => _peak > 0 ? _peak : _peak = Enumerable.Range(0, 3).Max(_ => Reference.Peak(Slice / 2));

    /// <summary>Bytes per second of passes over so many bytes, the most of three looks.</summary>
    public (double Read, double Update) Bandwidth(long bytes)
    {
        if (!_bandwidth.TryGetValue(bytes, out var best))
        {
            for (var i = 0; i < 3; i++)
            {
                var seen = Reference.Bandwidth(bytes, Slice / 2);
                best = (Math.Max(best.Read, seen.Read), Math.Max(best.Update, seen.Update));
            }

            _bandwidth[bytes] = best;
        }

        return best;
    }

    /// <summary>A row whose bar is a number of its own and not another program.</summary>
    public Row Against(string name, Func<double> ours, string reference, double referenceRate, double bar, string? note = null, string? unit = null)
    {
        var rounds = Run(ours);
        return new Row { Name = name, Unit = unit, OursPerS = rounds.Rate(0), Reference = reference, ReferencePerS = referenceRate, Ratio = rounds.Rate(0) / referenceRate, Bar = bar, Note = note };
    }

    public static Row Absent(string name, string reference, double bar, string why, double? ours = null) =>
        new() { Name = name, OursPerS = ours, Reference = reference, Bar = bar, Missing = why };
}
