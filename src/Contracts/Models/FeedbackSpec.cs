using System.Text.Json.Serialization;
using LifelongApi.Contracts.Learning;

namespace LifelongApi.Contracts.Models;

/// <summary>
/// What no answer means: a remembered prediction whose window passes without a label learns the default (Ktena et al. 2019, section 3: a click that has not come is learned as
/// none, and the click that comes after all is learned too). Only the spec of a stream's leader counts; followers fold the same events.
/// </summary>
public sealed record FeedbackSpec
{
    /// <summary>Seconds after which the window has passed, 0.1 … 31,536,000 (a year); null: not by time.</summary>
    public double? WindowSeconds { get; init; }

    /// <summary>Examples of the stream (learned, observed or asked) after which the window has passed, 1 … 10^9; null: not by count. With both, the first that passes counts.</summary>
    public long? WindowEvents { get; init; }

    /// <summary>Class to learn then, for target kind <c>label</c>.</summary>
    [JsonConverter(typeof(LabelConverter))]
    public string? DefaultLabel { get; init; }

    /// <summary>Numbers to learn then, for target kind <c>value</c>.</summary>
    [JsonConverter(typeof(TargetConverter))]
    public IReadOnlyList<double>? DefaultTarget { get; init; }

    /// <summary>Importance weight of the default, 0 … 10^6. Default 1.</summary>
    public double Weight { get; init; } = 1;

    /// <summary>Most predictions that may wait, 1 … 1,000,000: with one more, the window of the oldest has passed. Default 100,000.</summary>
    public int MaxPending { get; init; } = 100_000;
}
