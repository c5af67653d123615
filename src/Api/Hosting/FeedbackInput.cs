namespace LifelongApi.Api.Hosting;

/// <summary>What became known about an earlier event, as the endpoints hand it to the stream.</summary>
internal sealed record FeedbackInput
{
    /// <summary>Id of the earlier event.</summary>
    public required string EventId { get; init; }

    /// <summary>Its numbers to predict; empty: none. A label is in <see cref="LearnInput.Label"/>.</summary>
    public IReadOnlyList<double> Target { get; init; } = [];

    /// <summary>Reward, or null.</summary>
    public double? Reward { get; init; }

    /// <summary>Whether the host took the default of the spec, because the window passed.</summary>
    public bool IsDefault { get; init; }
}
