namespace LifelongApi.Learning.Evaluation.Quality;

/// <summary>The two areas of <see cref="ScoreHistogram"/> without bins, from the scores themselves.</summary>
internal static class ExactRanking
{
    /// <summary>Both areas.</summary>
    /// <param name="scores">Probability of the class for each event; sorted by this call.</param>
    /// <param name="isPositive">Whether each is an example of the class; reordered with them.</param>
    /// <returns>Area under the ROC curve and average precision; null where they are not defined.</returns>
    public static (double? AreaUnderCurve, double? AveragePrecision) Of(float[] scores, bool[] isPositive)
    {
        Array.Sort(scores, isPositive);
        var positives = isPositive.AsSpan().Count(true);
        var negatives = isPositive.Length - positives;
        if (positives == 0)
        {
            return (null, null);
        }

        var (truePositives, falsePositives, area, precision) = (0d, 0d, 0d, 0d);
        for (var end = scores.Length; end > 0;)
        {
            var (up, down) = (0d, 0d);
            var tied = scores[end - 1];
            for (; end > 0 && scores[end - 1].Equals(tied); end--)
            {
                _ = isPositive[end - 1] ? up++ : down++;
            }

            truePositives += up;
            precision += up * truePositives / (truePositives + falsePositives + down);
            area += down * (truePositives - (up / 2d));
            falsePositives += down;
        }

        return (negatives == 0 ? null : area / ((double)positives * negatives), precision / positives);
    }
}
