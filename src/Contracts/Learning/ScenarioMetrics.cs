namespace LifelongApi.Contracts.Learning;

/// <summary>
/// How a model does on every task of its stream after each of them ended: the accuracy matrix of continual learning and what is read off it.
/// Scores are accuracies in [0, 1] for labels and mean absolute errors for values; the signs of forgetting and transfer are such that they mean the same for both.
/// </summary>
public sealed record ScenarioMetrics
{
    /// <summary><c>accuracy</c> (higher is better) or <c>meanAbsoluteError</c> (lower is better).</summary>
    public required string Measure { get; init; }

    /// <summary>The tasks with a probe set: the columns of the matrix. Tasks that ended come first, in the order in which they first ended.</summary>
    public required IReadOnlyList<ScenarioTask> Tasks { get; init; }

    /// <summary>Scores of the model before its first event, a number or null per column.</summary>
    public required IReadOnlyList<double?> Untrained { get; init; }

    /// <summary>The matrix R: one row per task that ended, in that order.</summary>
    public required IReadOnlyList<ScenarioRow> Rows { get; init; }

    /// <summary>The model as it is now, against every column.</summary>
    public required ScenarioRow Now { get; init; }

    /// <summary>The measures after the last row.</summary>
    public required ScenarioSummary AtLastEnd { get; init; }

    /// <summary>The same measures with <see cref="Now"/> in the place of a row after the last.</summary>
    public required ScenarioSummary AtPresent { get; init; }

    /// <summary>Rows that are still being computed; ask again. 0: the matrix is complete.</summary>
    public required int Pending { get; init; }

    /// <summary>Why rows could not be computed, or null.</summary>
    public string? Failure { get; init; }

    /// <summary>Tasks that are not in the matrix because it holds the newest 100 only; null: none.</summary>
    public ScenarioRest? Rest { get; init; }
}

/// <summary>A column of the matrix: a task and its probe set.</summary>
public sealed record ScenarioTask
{
    /// <summary>The task.</summary>
    public required string Task { get; init; }

    /// <summary>
    /// <c>uploaded</c>: rows that were never learned from, so scores measure generalisation.
    /// <c>journal</c>: a sample of the task's own learned events, so scores from its row on measure retention, not generalisation.
    /// </summary>
    public required string Source { get; init; }

    /// <summary>Rows of the probe set.</summary>
    public required int ProbeRows { get; init; }

    /// <summary>Whether the task has ended at least once, so that it has a row.</summary>
    public required bool HasEnded { get; init; }
}

/// <summary>A row of the matrix: the model right after a task ended for the first time, or now.</summary>
public sealed record ScenarioRow
{
    /// <summary>The task that ended; null for the present.</summary>
    public string? Task { get; init; }

    /// <summary>Position of the state that was asked (of the last answer, where the model went on learning meanwhile).</summary>
    public required string Position { get; init; }

    /// <summary>A score per column; null where there is none (yet).</summary>
    public required IReadOnlyList<double?> Scores { get; init; }
}

/// <summary>What is read off the matrix. A number is null where no task has the scores that it needs.</summary>
public sealed record ScenarioSummary
{
    /// <summary>Mean score over the tasks that ended (Lopez-Paz and Ranzato 2017, ACC).</summary>
    public double? AverageScore { get; init; }

    /// <summary>Mean drop from the best earlier score of every older task (Chaudhry et al. 2018); below 0 where tasks got better.</summary>
    public double? Forgetting { get; init; }

    /// <summary>Mean change of older tasks since each of them ended (Lopez-Paz and Ranzato 2017, BWT); above 0 is better.</summary>
    public double? BackwardTransfer { get; init; }

    /// <summary>Mean advantage over the untrained model on tasks right before they began (Lopez-Paz and Ranzato 2017, FWT); above 0 is better.</summary>
    public double? ForwardTransfer { get; init; }
}

/// <summary>The tasks that the matrix leaves out.</summary>
public sealed record ScenarioRest
{
    /// <summary>How many.</summary>
    public required int TaskCount { get; init; }

    /// <summary>Their prequential scores taken together: every prediction made before learning, while they were open.</summary>
    public required MetricSummary Prequential { get; init; }
}
