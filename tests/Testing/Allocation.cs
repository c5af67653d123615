namespace LifelongApi.Testing;

/// <summary>The gate that nothing hot allocates.</summary>
internal static class Allocation
{
    private const int Tries = 100;

    /// <summary>
    /// Fails where the action allocates managed memory on this thread. A collection that other threads cause meanwhile may count the unused rest of this thread's
    /// allocation buffer as used, so that a try in which there was one proves nothing and is done again.
    /// </summary>
    /// <param name="action">What must allocate nothing; done more than once where collections disturb it.</param>
    public static void IsNone(Action action)
    {
        var allocated = 0L;
        for (var n = 0; n < Tries; n++)
        {
            var collections = GC.CollectionCount(0);
            var before = GC.GetAllocatedBytesForCurrentThread();
            action();
            allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            if (allocated == 0 || GC.CollectionCount(0) == collections)
            {
                break;
            }
        }

        Assert.Equal(0, allocated);
    }
}
