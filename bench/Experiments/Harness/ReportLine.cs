using System.Globalization;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization;
using LifelongApi.Learning;

namespace LifelongApi.Experiments.Harness;

/// <summary>A finished run as one JSON line: what <c>--json</c> prints, what is kept, and what the evidence table is made of.</summary>
internal sealed record ReportLine
{
    private static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public required string Experiment { get; init; }

    /// <summary>What repeats the run: the name and the options that change what is measured.</summary>
    public required string Command { get; init; }

    public required string Protocol { get; init; }

    public required string Metric { get; init; }

    public required double Mean { get; init; }

    public required double Std { get; init; }

    public required int Seeds { get; init; }

    public double? Anchor { get; init; }

    public double? Bar { get; init; }

    public required bool Passed { get; init; }

    public required double Seconds { get; init; }

    /// <summary>Bytes of learned state, where the experiment says so.</summary>
    public long? StateBytes { get; init; }

    /// <summary>The commit that was built.</summary>
    public required string Commit { get; init; }

    public bool Quick { get; init; }

    /// <summary>Every metric, the one it is known by first.</summary>
    public required IReadOnlyList<Row> Measurements { get; init; }

    public required IReadOnlyDictionary<string, object> Details { get; init; }

    /// <summary>The line of a finished run.</summary>
    public static ReportLine Of(Report report, CommandLine line)
    {
        var rows = report.Result.Measurements.Select(one => new Row(one.Metric, one.Mean, one.Deviation, one.Values.Count, one.Anchor, one.Bar, one.LowerIsBetter, one.Passed)).ToList();
        var details = report.Result.Details;
        return new ReportLine
        {
            Experiment = report.Experiment.Name,
            Command = line.Repeat(report.Experiment.Name),
            Protocol = report.Experiment.Protocol,
            Metric = rows[0].Metric,
            Mean = rows[0].Mean,
            Std = rows[0].Std,
            Seeds = rows[0].Seeds,
            Anchor = rows[0].Anchor,
            Bar = rows[0].Bar,
            Passed = report.Passed,
            Seconds = Math.Round(report.Seconds, 1),
            StateBytes = details.TryGetValue("state bytes", out var bytes) ? Convert.ToInt64(bytes, CultureInfo.InvariantCulture) : null,
            Commit = BuiltCommit(),
            Quick = report.IsQuick,
            Measurements = rows,
            Details = details,
        };
    }

    public static ReportLine Parse(string json) => JsonSerializer.Deserialize<ReportLine>(json, Options)!;

    public override string ToString() => JsonSerializer.Serialize(this, Options);

    /// <summary>The build writes the commit behind the version's plus sign.</summary>
    private static string BuiltCommit()
    {
        var version = typeof(Model).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? string.Empty;
        return version.Split('+') is [_, { Length: >= 7 } commit] ? commit[..7] : "unknown";
    }

    /// <summary>One metric of a run.</summary>
    internal sealed record Row(string Metric, double Mean, double Std, int Seeds, double? Anchor, double? Bar, bool LowerIsBetter, bool Passed);
}
