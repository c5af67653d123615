using LifelongApi.Contracts.Learning;

namespace LifelongApi.Learning.Evaluation;

/// <summary>
/// The measures of continual learning, read off the matrix R[i, j]: the score on the probe set of task j right after task i ended, T tasks in order.
/// <code>
/// ACC = 1/T Σ_j R[T, j]
/// BWT = 1/(T−1) Σ_{j&lt;T} (R[T, j] − R[j, j])
/// FWT = 1/(T−1) Σ_{j&gt;1} (R[j−1, j] − b_j)
/// F   = 1/(T−1) Σ_{j&lt;T} (max_{i&lt;T} R[i, j] − R[T, j])
/// </code>
/// b_j: the score of the untrained model on task j.
/// </summary>
/// <remarks>
/// Sources: ACC, BWT and FWT of Lopez-Paz and Ranzato 2017, eq. 2–4; F, the forgetting measure, of Chaudhry et al. 2018.
/// Deviations: a score that is missing takes its task out of the mean that needs it; for errors, where lower is better, every difference is
/// turned (BWT = R[j, j] − R[T, j], …, max becomes min), so that BWT and FWT above 0 are good and F above 0 is bad for both kinds, in the unit of the score.
/// </remarks>
/// <param name="rows">T rows of at least T scores.</param>
/// <param name="untrained">b, at least T scores.</param>
/// <param name="higherIsBetter">Accuracies; else errors.</param>
public sealed class AccuracyMatrix(IReadOnlyList<IReadOnlyList<double?>> rows, IReadOnlyList<double?> untrained, bool higherIsBetter)
{
    private int Count => rows.Count;

    /// <summary>The measures after the last task.</summary>
    /// <returns>Them; null for each that has no task to be taken over.</returns>
    public ScenarioSummary AtLastEnd() => new()
    {
        AverageScore = Count == 0 ? null : AverageScore(rows[^1]),
        Forgetting = Count == 0 ? null : Forgetting(rows[^1], Count - 1),
        BackwardTransfer = Count == 0 ? null : BackwardTransfer(rows[^1], Count - 1),
        ForwardTransfer = ForwardTransfer(),
    };

    /// <summary>The measures of a state after the last task, as if it were one row more: all T tasks are then older ones.</summary>
    /// <param name="present">At least T scores.</param>
    /// <returns>Them; forward transfer is that of the rows.</returns>
    public ScenarioSummary After(IReadOnlyList<double?> present)
    {
        ArgumentNullException.ThrowIfNull(present);
        return new ScenarioSummary
        {
            AverageScore = AverageScore(present),
            Forgetting = Forgetting(present, Count),
            BackwardTransfer = BackwardTransfer(present, Count),
            ForwardTransfer = ForwardTransfer(),
        };
    }

    private double? AverageScore(IReadOnlyList<double?> last) => Mean(Enumerable.Range(0, Count).Select(task => last[task]));

    private double? BackwardTransfer(IReadOnlyList<double?> last, int olderCount) =>
        Mean(Enumerable.Range(0, olderCount).Select(task => Gain(last[task], rows[task][task])));

    private double? ForwardTransfer() =>
        Mean(Enumerable.Range(0, Count).Skip(1).Select(task => Gain(rows[task - 1][task], untrained[task])));

    private double? Forgetting(IReadOnlyList<double?> last, int olderCount) =>
        Mean(Enumerable.Range(0, olderCount).Select(task => Gain(Best(task, olderCount), last[task])));

    private double? Best(int task, int olderCount)
    {
        double? best = null;
        for (var i = 0; i < olderCount; i++)
        {
            // A row before the task ended counts as in the source; it only matters where the task was done better before it was learned.
            if (rows[i][task] is { } score && (best is null || Gain(score, best) > 0))
            {
                best = score;
            }
        }

        return best;
    }

    /// <summary>By how much the first is better.</summary>
    private double? Gain(double? score, double? than) => higherIsBetter ? score - than : than - score;

    private static double? Mean(IEnumerable<double?> scores)
    {
        var sum = 0.0;
        var count = 0;
        foreach (var score in scores)
        {
            if (score is { } known)
            {
                sum += known;
                count++;
            }
        }

        return count == 0 ? null : sum / count;
    }
}
