using LifelongApi.Experiments.Harness;

namespace LifelongApi.Experiments.Data;

/// <summary>Images of digits.</summary>
/// <param name="digits">The images.</param>
internal sealed class DigitKinds(Digits digits) : IKinds
{
    private readonly float[] _pixels = new float[digits.PixelCount];

    public IReadOnlyList<string> Names => [];

    public int Count => digits.Count;

    public int KindOf(int index) => digits.Label(index);

    public int[] Shuffled(ulong seed, params IReadOnlyCollection<int> kinds) => digits.Shuffled(seed, kinds);

    public bool Learn(Trainee model, int index, string name)
    {
        digits.CopyTo(index, _pixels);
        return model.Learn(_pixels, name);
    }

    public string? Predict(Trainee model, int index)
    {
        digits.CopyTo(index, _pixels);
        return model.Predict(_pixels);
    }
}
