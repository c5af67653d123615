using System.Text.Json.Serialization;

namespace LifelongApi.Cli.Ingest;

/// <summary>The last line of <c>ingest --json</c>.</summary>
internal sealed record IngestReport
{
    /// <summary>Rows with an outcome: learned + observed + skipped + duplicates + errors.</summary>
    public required long Rows { get; init; }

    /// <summary>Learned now, with a label or target.</summary>
    public required long Learned { get; init; }

    /// <summary>Observed now, without one.</summary>
    public required long Observed { get; init; }

    /// <summary>Journalled now, but without effect: the service's guards held them back.</summary>
    public required long Skipped { get; init; }

    /// <summary>Learned by an earlier run.</summary>
    public required long Duplicates { get; init; }

    /// <summary>Refused, or not readable.</summary>
    public required long Errors { get; init; }

    /// <summary>Share of right predictions made before learning, duplicates included; null where nothing was scored.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public required double? Accuracy { get; init; }

    /// <summary>For numbers: mean absolute error of the predictions made before learning.</summary>
    public double? MeanAbsoluteError { get; init; }

    /// <summary>Wall time.</summary>
    public required double Seconds { get; init; }

    /// <summary>Rows over seconds.</summary>
    public required double RowsPerSecond { get; init; }
}
