using System.Globalization;

namespace LifelongApi.Experiments.Harness;

/// <summary>How an experiment is run: where its data is, how many seeds, quick or full, how many seeds side by side.</summary>
internal sealed class ExperimentRun
{
    private readonly CommandLine _line;

    public ExperimentRun(CommandLine line, Experiment experiment)
    {
        _line = line;
        IsQuick = line.Has("--quick");
        Seeds = line.Number("--seeds") ?? (IsQuick ? Math.Min(2, experiment.DefaultSeeds) : experiment.DefaultSeeds);
        Jobs = line.Number("--jobs") ?? 1;
        DataFolder = line.Text("--data") ?? Environment.GetEnvironmentVariable("LIFELONG_DATA") ?? "data";
    }

    public bool IsQuick { get; }

    public int Seeds { get; }

    /// <summary>Seeds that run side by side; rates are only meaningful with one.</summary>
    public int Jobs { get; }

    public string DataFolder { get; }

    /// <summary>An option of the experiment's own.</summary>
    public string? Option(string name) => _line.Text(name);

    /// <summary>Whether a switch of the experiment's own is given.</summary>
    public bool Has(string name) => _line.Has(name);

    public static void Progress(FormattableString line) => Console.WriteLine(line.ToString(CultureInfo.InvariantCulture));

    /// <summary>Runs every seed, 1 … n, and gives the answers in the order of the seeds.</summary>
    public IReadOnlyList<T> EachSeed<T>(Func<ulong, T> run)
    {
        var answers = new T[Seeds];
        Parallel.For(0, Seeds, new ParallelOptions { MaxDegreeOfParallelism = Jobs }, index => answers[index] = run((ulong)index + 1));
        return answers;
    }
}
