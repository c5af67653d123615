using LifelongApi.Learning.Numerics;

namespace LifelongApi.Learning.Transforms;

/// <summary>How what was summed over the events of a task becomes importance.</summary>
internal static class ImportanceMean
{
    /// <summary>importance ← decay · importance + sum / count, then sum and count begin again.</summary>
    /// <param name="sum">Sum over the events; cleared.</param>
    /// <param name="count">Events in its first element; cleared.</param>
    /// <param name="importance">Same shape as the sum.</param>
    /// <param name="decay">γ, in [0, 1].</param>
    public static void Fold(Span<float> sum, Span<long> count, Span<float> importance, float decay)
    {
        RowKernels.Scale(importance, decay, importance);
        if (count[0] > 0)
        {
            RowKernels.AddScaled(sum, 1f / count[0], importance);
        }

        sum.Clear();
        count[0] = 0;
    }
}
