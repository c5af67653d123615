using System.Text;
using LifelongApi.Learning;
using LifelongApi.Learning.Features;
using LifelongApi.Storage.Probes;

namespace LifelongApi.Api.Hosting;

/// <summary>A column of the accuracy matrix: a task and what stands for it.</summary>
internal sealed record ProbeColumn
{
    /// <summary>The task.</summary>
    public required string Task { get; init; }

    /// <summary>SHA-256 of the rows, or of the sequences of the events.</summary>
    public required byte[] Hash { get; init; }

    /// <summary>Rows of the probe set; 0 where nothing stands for the task.</summary>
    public required int RowCount { get; init; }

    /// <summary>Events of the model's own stream that are its rows; null for an uploaded set.</summary>
    public IReadOnlyList<long>? Sequences { get; init; }

    /// <summary>Whether its rows were never learned from.</summary>
    public bool IsUploaded => Sequences is null;
}

/// <summary>The rows of a probe set.</summary>
/// <param name="Rows">Payloads with label or target.</param>
internal sealed record ProbeSet(IReadOnlyList<ReadOnlyMemory<byte>> Rows)
{
    /// <summary>Bytes of the rows.</summary>
    public long ByteCount { get; } = Rows.Sum(row => (long)row.Length);

    /// <summary>
    /// Asks a model for every row. Between two rows the model may learn, so nobody waits for more than one predict.
    /// A row that the model cannot read is not counted.
    /// </summary>
    /// <param name="model">The model.</param>
    /// <param name="names">The stream's feature names.</param>
    /// <param name="cancellation">Stops the work.</param>
    public async Task<ProbeTally> AskAsync(HostedModel model, FeatureDictionary names, CancellationToken cancellation)
    {
        var tally = new ProbeTally { Position = model.Position };
        var buffer = new PredictionBuffer();
        foreach (var row in Rows)
        {
            cancellation.ThrowIfCancellationRequested();
            try
            {
                tally.Position = await model.PredictAsync(row, names, buffer, cancellation);
            }
            catch (InvalidDataException)
            {
                continue;
            }

            tally.Add(PayloadReader.Read(row.Span), buffer, model.Labels);
        }

        return tally;
    }
}

/// <summary>How the rows of a probe set were answered.</summary>
internal struct ProbeTally
{
    /// <summary>Rows that were scored.</summary>
    public long RowCount { get; private set; }

    /// <summary>Of these, right labels.</summary>
    public long RightCount { get; private set; }

    /// <summary>Sum over the rows of the mean absolute error.</summary>
    public double AbsoluteError { get; private set; }

    /// <summary>Position of the last answer.</summary>
    public Contracts.Journal.Position Position { get; set; }

    /// <summary>Scores one answer.</summary>
    public void Add(in PayloadReader row, PredictionBuffer answer, IReadOnlyList<string> labels)
    {
        if (row.Target == TargetTag.Label)
        {
            // A restore between the predict and here may have taken the newest classes away.
            var isRight = (uint)answer.Label < (uint)labels.Count && labels[answer.Label] == Encoding.UTF8.GetString(row.Label);
            RightCount += isRight ? 1 : 0;
        }
        else
        {
            var error = 0.0;
            for (var i = 0; i < row.TargetCount; i++)
            {
                error += Math.Abs((i < answer.Count ? answer.Scores[i] : 0f) - row.TargetValue(i));
            }

            AbsoluteError += error / row.TargetCount;
        }

        RowCount++;
    }

    /// <summary>The score to keep.</summary>
    public readonly ProbeScore At(Contracts.Journal.Position position, ProbeColumn column) => new()
    {
        Lineage = position.Lineage,
        Sequence = position.Sequence,
        Task = column.Task,
        ProbeHash = column.Hash,
        RowCount = RowCount,
        RightCount = RightCount,
        AbsoluteError = AbsoluteError,
    };

    /// <summary>Accuracy, or mean absolute error; null where nothing was scored.</summary>
    public static double? Score(ProbeScore score, bool isClassifier) =>
        score.RowCount == 0 ? null : (isClassifier ? score.RightCount : score.AbsoluteError) / score.RowCount;
}
