namespace LifelongApi.Learning;

/// <summary>
/// A reusable answer. For labels <see cref="Scores"/> are probabilities by class id, for values predicted numbers in the target's own units, for novelty the surprise and, once there
/// is one, the score.
/// </summary>
public sealed class PredictionBuffer
{
    /// <summary>The answer; the first <see cref="Count"/> elements are valid. Grows only when classes were added.</summary>
    public float[] Scores { get; private set; } = [];

    /// <summary>Classes known when the answer was made, or values per example.</summary>
    public int Count { get; private set; }

    /// <summary>Class id with the highest probability (the lowest id on a tie); −1 for values and before the first label.</summary>
    public int Label { get; set; } = -1;

    /// <summary>Whether the answer is a surprise and a score.</summary>
    public bool IsNovelty { get; internal set; }

    /// <summary>Number of the context that the features were found to belong to; −1 where the model infers none.</summary>
    public int Context { get; internal set; } = -1;

    /// <summary>Whether the entity that was named had learned before; null where none was named, or the model adapts to none.</summary>
    public bool? KnowsEntity { get; internal set; }

    /// <summary>Makes room for an answer.</summary>
    /// <param name="count">Number of scores, 0 or more.</param>
    /// <returns>The scores to fill.</returns>
    internal Span<float> Prepare(int count)
    {
        if (Scores.Length < count)
        {
            Scores = new float[Math.Max(count, Scores.Length * 2)];
        }

        Count = count;
        Label = -1;
        IsNovelty = false;
        KnowsEntity = null;
        return Scores.AsSpan(0, count);
    }
}
