namespace LifelongApi.Learning.State;

/// <summary>Whom an event is about and when it happened: data of the event, never a clock's.</summary>
public readonly record struct Moment
{
    /// <summary>Key of events that name no entity: they belong together.</summary>
    public const ulong Nobody = 1;

    /// <summary>No time is known.</summary>
    public const long Never = long.MinValue;

    private readonly ulong _entity;
    private readonly bool _hasTime;
    private readonly long _occurredAt;

    /// <summary>Makes a moment.</summary>
    /// <param name="entity">Hash of the entity's name (<see cref="Features.FeatureHash.OfName(string)"/>); 0: none.</param>
    /// <param name="occurredAt">Microseconds since 1970-01-01 UTC, or null.</param>
    /// <param name="receivedAt">The same for the receipt, or null.</param>
    public Moment(ulong entity, long? occurredAt, long? receivedAt)
    {
        _entity = entity;
        _hasTime = (occurredAt ?? receivedAt).HasValue;
        _occurredAt = occurredAt ?? receivedAt ?? 0;
        AheadMicroseconds = occurredAt is { } occurred && receivedAt is { } received ? occurred - received : 0;
    }

    /// <summary>Key of the entity, not 0.</summary>
    public ulong Entity => _entity == 0 ? Nobody : _entity;

    /// <summary>Whether an entity is named.</summary>
    public bool HasEntity => _entity != 0;

    /// <summary>When it happened, microseconds since 1970-01-01 UTC: what the caller said, else the receipt; <see cref="Never"/> where neither is known.</summary>
    public long OccurredAt => _hasTime ? _occurredAt : Never;

    /// <summary>How far the caller's time lies beyond the receipt; 0 where one of them is not known.</summary>
    public long AheadMicroseconds { get; }
}
