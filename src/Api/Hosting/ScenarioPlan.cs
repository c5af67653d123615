using LifelongApi.Contracts.Journal;
using LifelongApi.Contracts.Learning;
using LifelongApi.Learning.Evaluation;
using LifelongApi.Storage.Probes;

namespace LifelongApi.Api.Hosting;

/// <summary>What the accuracy matrix of a model is made of, which of its cells are stored, and which are still to be computed.</summary>
/// <param name="ancestry">Lineages of the model.</param>
/// <param name="columns">Tasks: first those that ended, in the order of <paramref name="ends"/>, then others that have an uploaded probe set.</param>
/// <param name="ends">Where each task ended first: the rows.</param>
/// <param name="stored">Scores that the store has.</param>
/// <param name="isClassifier">Accuracies; else errors.</param>
internal sealed class ScenarioPlan(Ancestry ancestry, IReadOnlyList<ProbeColumn> columns, IReadOnlyList<Position> ends, IReadOnlyList<ProbeScore> stored, bool isClassifier)
{
    /// <summary>Row of the untrained model, which the position 0:0 stands for.</summary>
    public const int Untrained = -1;

    private readonly Dictionary<(int Lineage, long Sequence, string Task), ProbeScore> _stored =
        stored.ToDictionary(score => (score.Lineage, score.Sequence, score.Task));

    /// <summary>Lineages of the model.</summary>
    public Ancestry Ancestry => ancestry;

    /// <summary>The columns.</summary>
    public IReadOnlyList<ProbeColumn> Columns => columns;

    /// <summary>The rows.</summary>
    public IReadOnlyList<Position> Ends => ends;

    /// <summary>Tasks that ended but are not in the matrix.</summary>
    public IReadOnlyList<string> Left { get; init; } = [];

    /// <summary>Position of a row.</summary>
    public Position At(int row) => row == Untrained ? default : ends[row];

    /// <summary>Rows with cells to compute, in the order of time.</summary>
    public IReadOnlyList<(int Row, IReadOnlyList<ProbeColumn> Columns)> Missing()
    {
        var missing = new List<(int, IReadOnlyList<ProbeColumn>)>();
        for (var row = Untrained; row < ends.Count; row++)
        {
            var wanted = new List<ProbeColumn>();
            for (var column = 0; column < columns.Count; column++)
            {
                if (IsWanted(row, column) && Find(row, columns[column]) is null)
                {
                    wanted.Add(columns[column]);
                }
            }

            if (wanted.Count > 0)
            {
                missing.Add((row, wanted));
            }
        }

        return missing;
    }

    /// <summary>Scores of a row, one per column.</summary>
    public IReadOnlyList<double?> Scores(int row) =>
        [.. columns.Select(column => Find(row, column) is { } score ? ProbeTally.Score(score, isClassifier) : null)];

    /// <summary>The matrix as the wire shows it.</summary>
    public ScenarioMetrics Describe(ScenarioRow now, string? failure, ScenarioRest? rest)
    {
        var rows = Enumerable.Range(0, ends.Count).Select(Scores).ToList();
        var untrained = Scores(Untrained);
        var matrix = new AccuracyMatrix(rows, untrained, isClassifier);
        return new ScenarioMetrics
        {
            Measure = isClassifier ? "accuracy" : "meanAbsoluteError",
            Tasks = [.. columns.Select((column, index) => new ScenarioTask
            {
                Task = column.Task,
                Source = column.IsUploaded ? "uploaded" : "journal",
                ProbeRows = column.RowCount,
                HasEnded = index < ends.Count,
            })],
            Untrained = untrained,
            Rows = [.. rows.Select((scores, row) => new ScenarioRow { Task = columns[row].Task, Position = ends[row].ToString(), Scores = scores })],
            Now = now,
            AtLastEnd = matrix.AtLastEnd(),
            AtPresent = matrix.After(now.Scores),
            Pending = Missing().Count(missing => missing.Row != Untrained),
            Failure = failure,
            Rest = rest,
        };
    }

    /// <summary>
    /// An uploaded set is asked in every row. A sample is asked from the row before its task on: older states say nothing that the measures need, and
    /// asking them would mean going far back whenever a task ends.
    /// </summary>
    private bool IsWanted(int row, int column) =>
        columns[column].RowCount > 0 && (columns[column].IsUploaded || row == Untrained || row >= column - 1);

    private ProbeScore? Find(int row, ProbeColumn column)
    {
        var at = At(row);
        return _stored.TryGetValue((at.Lineage, at.Sequence, column.Task), out var score) && score.ProbeHash.Span.SequenceEqual(column.Hash) ? score : null;
    }
}
