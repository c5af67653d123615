namespace LifelongApi.Contracts.Models;

/// <summary>
/// When a model sleeps: after its stream has been quiet for a while, slices of replay and consolidation are journalled as <c>Slept</c> events, one at a time, so that
/// whatever arrives meanwhile comes before the next slice. Only the spec of a stream's leader counts; followers fold the same events.
/// </summary>
public sealed record SleepSpec
{
    /// <summary>Seconds without a learned or observed event after which the model sleeps, 0.1 … 604,800 (a week).</summary>
    public required double AfterSeconds { get; init; }

    /// <summary>Slices per quiet time, 1 … 100,000. How much a slice learns again is set by the replay memory (<c>perSleepSlice</c>).</summary>
    public int Slices { get; init; } = 10;
}
