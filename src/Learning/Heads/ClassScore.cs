using LifelongApi.Learning.Modulators;
using LifelongApi.Learning.Numerics;

namespace LifelongApi.Learning.Heads;

/// <summary>Loss and surprise of a predicted class probability.</summary>
internal static class ClassScore
{
    /// <summary>Probabilities below this count as this, so that one impossible event cannot outweigh all others.</summary>
    public const float SmallestProbability = 1e-7f;

    private const float LargestSurprise = 4f;

    /// <summary>ln of the numbers of classes that are common: the number of classes rarely changes.</summary>
    private static readonly float[] NothingKnown = [.. Enumerable.Range(0, 65).Select(classes => Elementary.Log(Math.Max(2, classes)))];

    /// <summary>Loss −ln p; surprise = loss / ln(classes), limited to 4.</summary>
    /// <param name="probability">Probability given to the true class.</param>
    /// <param name="classCount">Classes known, the true one included.</param>
    /// <returns>The outcome.</returns>
    public static StepOutcome Of(float probability, int classCount)
    {
        var loss = Loss(probability);
        return new StepOutcome { IsScored = true, Loss = loss, Surprise = Surprise(loss, classCount) };
    }

    /// <summary>−ln p.</summary>
    /// <param name="probability">Probability given to the true class.</param>
    /// <returns>The loss.</returns>
    public static float Loss(float probability) => 0f - Elementary.Log(probability < SmallestProbability ? SmallestProbability : probability);

    /// <summary>The loss over ln(classes), limited to 4.</summary>
    /// <param name="loss">The loss.</param>
    /// <param name="classCount">Classes known, the true one included.</param>
    /// <returns>The surprise.</returns>
    public static float Surprise(float loss, int classCount)
    {
        var nothingKnown = (uint)classCount < (uint)NothingKnown.Length ? NothingKnown[classCount] : Elementary.Log(classCount);
        return Math.Clamp(loss / nothingKnown, 0f, LargestSurprise);
    }
}
