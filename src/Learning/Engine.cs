namespace LifelongApi.Learning;

/// <summary>The arithmetic that makes states. Hashes are compared only within one engine version (docs/journal.md 10).</summary>
public static class Engine
{
    /// <summary>Name and version of the arithmetic. Any change that can change a bit of state changes this.</summary>
    public const string Version = "lifelong-1";
}
