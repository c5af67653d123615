namespace LifelongApi.Contracts.Journal;

/// <summary>One event of a stream: the one envelope of docs/journal.md 2.</summary>
public sealed record JournalEvent
{
    /// <summary>Position in the stream, from 1 up, never reused; gaps are allowed.</summary>
    public required long Sequence { get; init; }

    /// <summary>The caller's id or one that the service made (UUIDv7), at most 128 bytes of UTF-8.</summary>
    public required string EventId { get; init; }

    /// <summary>What happened.</summary>
    public required EventKind Kind { get; init; }

    /// <summary>Task the event belongs to; null: none.</summary>
    public string? Task { get; init; }

    /// <summary>Entity (sensor, user, account) the event is about; null: none.</summary>
    public string? Entity { get; init; }

    /// <summary>Person whose erasure would remove the payload; null: none.</summary>
    public string? Subject { get; init; }

    /// <summary>Name of the API key that sent it; null where no key is configured.</summary>
    public string? Actor { get; init; }

    /// <summary>When it happened according to the caller, microseconds since 1970-01-01 UTC; null: not said.</summary>
    public long? OccurredAt { get; init; }

    /// <summary>When the service received it, microseconds since 1970-01-01 UTC.</summary>
    public required long ReceivedAt { get; init; }

    /// <summary>Importance weight of the example, 0 or more. Default 1.</summary>
    public float Weight { get; init; } = 1f;

    /// <summary>The typed input and target as received (docs/journal.md 6), or UTF-8 JSON for kinds without features.</summary>
    public required ReadOnlyMemory<byte> Payload { get; init; }

    /// <summary>
    /// What the caller said, where the payload holds more or less than that (an encoder's output): two events with one id are the same event where they say the same.
    /// Not stored; null: the payload.
    /// </summary>
    public ReadOnlyMemory<byte>? Said { get; init; }
}
