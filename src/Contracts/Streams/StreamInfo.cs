namespace LifelongApi.Contracts.Streams;

/// <summary>A stream as <c>GET /v1/streams/{stream}</c> shows it.</summary>
public sealed record StreamInfo
{
    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>Sequence of its last event; 0: none.</summary>
    public required long Sequence { get; init; }

    /// <summary>Events it holds.</summary>
    public required long EventCount { get; init; }

    /// <summary>Task that is open now, or null.</summary>
    public string? CurrentTask { get; init; }

    /// <summary>The writer's epoch: grows each time a host opens the stream.</summary>
    public required long Epoch { get; init; }

    /// <summary>Models that learn from it with their cursor.</summary>
    public required IReadOnlyList<StreamModel> Models { get; init; }

    /// <summary>When it was created.</summary>
    public required DateTimeOffset CreatedAt { get; init; }
}

/// <summary>A model of a stream.</summary>
public sealed record StreamModel
{
    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>Leads or follows.</summary>
    public required Models.ModelRole Role { get; init; }

    /// <summary>Sequence up to which it has folded the stream, as far as is known without opening it.</summary>
    public required long Sequence { get; init; }

    /// <summary>Events behind the stream's end.</summary>
    public required long Lag { get; init; }
}

/// <summary>A task: a named segment of a stream.</summary>
public sealed record TaskInfo
{
    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>Every time it was open, oldest first.</summary>
    public required IReadOnlyList<TaskSegment> Segments { get; init; }
}

/// <summary>One time that a task was open.</summary>
public sealed record TaskSegment
{
    /// <summary>Sequence of its <c>TaskBegan</c> event.</summary>
    public required long BeganAt { get; init; }

    /// <summary>Why it began: <c>given</c> or <c>detected</c>.</summary>
    public string? Origin { get; init; }

    /// <summary>Sequence of its <c>TaskEnded</c> event; null while it is open.</summary>
    public long? EndedAt { get; init; }

    /// <summary>Why it ended: <c>given</c>, <c>detected</c> or <c>schedule</c>.</summary>
    public string? Cause { get; init; }
}

/// <summary>Answer to <c>:begin</c> and <c>:end</c>.</summary>
public sealed record TaskBoundary
{
    /// <summary>The task.</summary>
    public required string Task { get; init; }

    /// <summary><c>began</c>, <c>ended</c>, or <c>unchanged</c> where it already was so.</summary>
    public required string Status { get; init; }

    /// <summary>Position of the boundary.</summary>
    public required string Position { get; init; }

    /// <summary>Whether the boundary moved anchors (consolidation).</summary>
    public required bool Consolidated { get; init; }
}
