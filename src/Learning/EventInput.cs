using LifelongApi.Contracts.Journal;

namespace LifelongApi.Learning;

/// <summary>What the fold sees of one journalled event.</summary>
public readonly ref struct EventInput
{
    /// <summary>What happened.</summary>
    public required EventKind Kind { get; init; }

    /// <summary>Its sequence: the key of every random draw made for it.</summary>
    public required long Sequence { get; init; }

    /// <summary>Importance weight, 0 or more. Default 1.</summary>
    public float Weight { get; init; } = 1f;

    /// <summary>Whom it is about and when it happened.</summary>
    public State.Moment Moment { get; init; }

    /// <summary>The payload exactly as journalled (<see cref="Features.PayloadBuilder"/>), or JSON for kinds without features.</summary>
    public required ReadOnlySpan<byte> Payload { get; init; }

    /// <summary>Hash of every feature name of the stream by id (<see cref="Features.FeatureHash.OfName(string)"/>); empty for inputs that are not named.</summary>
    public ReadOnlySpan<ulong> NameHashes { get; init; }

    /// <summary>Creates an event with weight 1.</summary>
    public EventInput()
    {
    }
}
