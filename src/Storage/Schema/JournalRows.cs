namespace LifelongApi.Storage.Schema;

/// <summary>Row of <c>streams</c>: numbering, epoch and ancestry of one stream of events.</summary>
internal sealed class StreamRow
{
    public long Id { get; set; }

    public required string Name { get; set; }

    /// <summary>Epoch of the host that may write; 0: never opened.</summary>
    public long Epoch { get; set; }

    /// <summary>Highest sequence that was written; never goes down.</summary>
    public long LastSequence { get; set; }

    /// <summary>Events stored, kept beside them because counting millions of rows is slow.</summary>
    public long EventCount { get; set; }

    /// <summary>For a forked stream: events up to here belong to the parent, and ids up to here were inherited. Else 0.</summary>
    public long BaseSequence { get; set; }

    /// <summary>For a forked stream: where the inherited events are; null once that stream is deleted.</summary>
    public long? ParentStreamId { get; set; }

    /// <summary>Ids of events before this sequence are forgotten; null: never (docs/journal.md, de-duplication).</summary>
    public long? DeduplicatesFrom { get; set; }

    /// <summary>32 random bytes: key of the hashes of subject names.</summary>
    public required byte[] Salt { get; set; }

    /// <summary>How ids become keys; what the stream began with.</summary>
    public Journal.EventIdScheme IdScheme { get; set; }

    public long CreatedAt { get; set; }
}

/// <summary>Row of <c>tasks</c>: the stream's dictionary of task names.</summary>
internal sealed class TaskRow
{
    public long StreamId { get; set; }

    public int Id { get; set; }

    public required string Name { get; set; }
}

/// <summary>Row of <c>feature_names</c>: the stream's dictionary of feature names that payloads refer to.</summary>
internal sealed class FeatureNameEntry
{
    public long StreamId { get; set; }

    public int Id { get; set; }

    public required string Name { get; set; }
}

/// <summary>Row of <c>events</c>: one event; never updated.</summary>
internal sealed class EventRow
{
    public long StreamId { get; set; }

    public long Sequence { get; set; }

    public required string EventId { get; set; }

    /// <summary>See <see cref="Journal.EventIdKey"/>.</summary>
    public required byte[] IdKey { get; set; }

    public short Kind { get; set; }

    public int? TaskId { get; set; }

    public string? Entity { get; set; }

    public int? SubjectId { get; set; }

    public string? Actor { get; set; }

    public long? OccurredAt { get; set; }

    public long ReceivedAt { get; set; }

    public float Weight { get; set; }

    /// <summary>As received, or sealed with the subject's key.</summary>
    public required byte[] Payload { get; set; }

    /// <summary>See <see cref="Journal.PayloadDigest"/>.</summary>
    public required byte[] PayloadHash { get; set; }
}

/// <summary>Row of <c>event_ids</c>: an id that is live in the leader's lineage.</summary>
internal sealed class EventIdRow
{
    public long StreamId { get; set; }

    public required byte[] IdKey { get; set; }

    public long Sequence { get; set; }
}

/// <summary>Row of <c>outcomes</c>: what folding an event did to a model.</summary>
internal sealed class OutcomeEntry
{
    public long ModelId { get; set; }

    public int Lineage { get; set; }

    public long Sequence { get; set; }

    public required byte[] Payload { get; set; }
}

/// <summary>Row of <c>subjects</c>: a person's key; destroying it erases the payloads, backups included.</summary>
internal sealed class SubjectRow
{
    public long StreamId { get; set; }

    public int Id { get; set; }

    /// <summary>First 16 bytes of HMAC-SHA-256 of the name under the stream's salt.</summary>
    public required byte[] NameHash { get; set; }

    /// <summary>The name, sealed with <see cref="Key"/>; null once destroyed.</summary>
    public byte[]? SealedName { get; set; }

    /// <summary>The key (32 bytes), or that key wrapped; null once destroyed.</summary>
    public byte[]? Key { get; set; }

    /// <summary>Name of the key that wraps <see cref="Key"/>; null: it is not wrapped.</summary>
    public string? WrappedBy { get; set; }

    public long CreatedAt { get; set; }

    public long? DestroyedAt { get; set; }
}

/// <summary>Row of <c>encoders</c>: an encoder whose output events may carry.</summary>
internal sealed class EncoderRow
{
    public long Id { get; set; }

    public required string Name { get; set; }

    /// <summary>SHA-256 of the encoder's file.</summary>
    public required byte[] Hash { get; set; }

    public required string Runtime { get; set; }

    public int OutputLength { get; set; }

    /// <summary>Description (inputs, outputs, options), JSON.</summary>
    public required string Description { get; set; }

    /// <summary>The file itself where the service keeps it.</summary>
    public byte[]? Bytes { get; set; }

    public long CreatedAt { get; set; }
}
