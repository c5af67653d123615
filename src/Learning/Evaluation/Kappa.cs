namespace LifelongApi.Learning.Evaluation;

/// <summary>
/// Accuracy beyond what a reference reaches: κ = (p − r) / (1 − r), 1 at best, 0 for what the reference reaches. r is the agreement expected by chance
/// for κ (Cohen 1960) and the accuracy of the no-change classifier for κ-temporal (Žliobaitė, Bifet, Read, Pfahringer and Holmes 2015).
/// </summary>
internal static class Kappa
{
    /// <summary>κ of an accuracy over a reference; null where the reference leaves nothing to gain.</summary>
    /// <param name="right">Right answers.</param>
    /// <param name="reference">Right answers of the reference, may be fractional.</param>
    /// <param name="count">Answers.</param>
    public static double? Over(long right, double reference, long count) =>
        count > 0 && reference < count ? (right - reference) / (count - reference) : null;

    /// <summary>Right answers expected by chance: Σ_c predicted(c) · true(c) / n (Cohen 1960).</summary>
    /// <param name="predicted">How often each class was predicted.</param>
    /// <param name="actual">How often it was true.</param>
    /// <param name="count">Answers, those without a class among them.</param>
    public static double Chance(ReadOnlySpan<long> predicted, ReadOnlySpan<long> actual, long count)
    {
        var sum = 0.0;
        for (var i = 0; i < Math.Min(predicted.Length, actual.Length); i++)
        {
            sum += (double)predicted[i] * actual[i];
        }

        return count == 0 ? 0 : sum / count;
    }
}
